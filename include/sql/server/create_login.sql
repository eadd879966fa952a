-- Make a login. {role}: its name; {verifier}: its SCRAM verifier, never the password. Returns nothing.
create role {role} login password {verifier};
