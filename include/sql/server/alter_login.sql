-- Give a login its password again. {role}: its name; {verifier}: its SCRAM verifier. Returns nothing.
alter role {role} login password {verifier};
