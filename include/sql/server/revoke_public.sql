-- Keep everyone out of a database who is not let in by name. {database}: its name. Returns nothing.
revoke all on database {database} from public;
