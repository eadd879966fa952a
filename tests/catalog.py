"""What a warehouse is made of, read from PostgreSQL's catalogs so that two of them can be compared."""

from typing import Any

import psycopg

Catalog = dict[str, list[str]]

_ACL = """coalesce((
    select string_agg(concat_ws(' ', grantee::regrole, privilege_type, grantor::regrole, is_grantable), ', ' order by
        grantee::regrole::text, privilege_type, grantor::regrole::text)
    from aclexplode(coalesce({acl}, acldefault('{kind}', {owner})))), '')"""
_OURS = """{schema} = any(array['staging', 'quarantine', 'register', 'vault', 'analytics', 'audit']::regnamespace[])
    and ({owner} = 'rekisteri_pipeline'::regrole) = %(pipelines)s"""
_RELATION = _OURS.format(schema="c.relnamespace", owner="c.relowner")


def _acl(acl: str, kind: str, owner: str) -> str:
    return _ACL.format(acl=acl, kind=kind, owner=owner)


QUERIES = {
    "schema": f"""select nspname, nspowner::regrole, {_acl("nspacl", "n", "nspowner")}, obj_description(oid)
        from pg_namespace as n where {_OURS.format(schema="n.oid::regnamespace", owner="n.nspowner")}""",
    "relation": f"""select c.oid::regclass, relkind, relowner::regrole, relpersistence, relrowsecurity,
            relforcerowsecurity, reloptions, obj_description(c.oid, 'pg_class'),
            {_acl("relacl", "r", "relowner")}
        from pg_class as c where relkind in ('r', 'v', 'm', 'p', 'f', 'S') and {_RELATION}""",
    # A column that the model gains stands in the middle of a fresh table and at the end of an upgraded one.
    "column": f"""select attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull, attidentity,
            attgenerated, attcollation::regcollation, pg_get_expr(adbin, adrelid), col_description(attrelid, attnum),
            {_acl("attacl", "c", "relowner")},
            case when not exists (
                select from pg_attribute as m where m.attrelid = c.oid and m.attname = 'restricted_ground'
            ) then row_number() over (partition by attrelid order by attnum) end
        from pg_class as c inner join pg_attribute as a on c.oid = attrelid
        left join pg_attrdef on adrelid = attrelid and adnum = attnum
        where attnum > 0 and not attisdropped and relkind in ('r', 'v', 'm', 'p', 'f') and {_RELATION}""",
    "constraint": f"""select conrelid::regclass, conname, contype, convalidated, pg_get_constraintdef(k.oid),
            obj_description(k.oid)
        from pg_constraint as k inner join pg_class as c on c.oid = conrelid where {_RELATION}""",
    "index": f"""select pg_get_indexdef(indexrelid), indisvalid, indisreplident, indisclustered
        from pg_index inner join pg_class as c on c.oid = indrelid where {_RELATION}""",
    "sequence": f"""select c.oid::regclass, format_type(seqtypid, null), seqstart, seqincrement, seqmin, seqmax,
            seqcache, seqcycle, deptype, refobjid::regclass
        from pg_sequence inner join pg_class as c on c.oid = seqrelid
        left join pg_depend on objid = c.oid and refobjsubid > 0 where {_RELATION}""",
    "view": f"""select c.oid::regclass, pg_get_viewdef(c.oid) from pg_class as c
        where relkind in ('v', 'm') and {_RELATION}""",
    "trigger": f"""select pg_get_triggerdef(t.oid), tgenabled
        from pg_trigger as t inner join pg_class as c on c.oid = tgrelid where not tgisinternal and {_RELATION}""",
    "rule": f"""select pg_get_ruledef(r.oid), ev_enabled
        from pg_rewrite as r inner join pg_class as c on c.oid = ev_class
        where rulename <> '_RETURN' and {_RELATION}""",
    "policy": f"""select polrelid::regclass, polname, polcmd, polpermissive, polroles::regrole[],
            pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)
        from pg_policy inner join pg_class as c on c.oid = polrelid where {_RELATION}""",
    "function": f"""select p.oid::regprocedure, pg_get_functiondef(p.oid), proowner::regrole,
            {_acl("proacl", "f", "proowner")}, obj_description(p.oid)
        from pg_proc as p where {_OURS.format(schema="pronamespace", owner="proowner")}""",
    "type": f"""select t.oid::regtype, typtype, typowner::regrole, {_acl("typacl", "T", "typowner")},
            typbasetype::regtype, typcollation::regcollation, typnotnull, typdefault, obj_description(t.oid),
            (select string_agg(enumlabel, ' ' order by enumsortorder) from pg_enum where enumtypid = t.oid),
            (select string_agg(conname || pg_get_constraintdef(k.oid), ' ' order by conname)
                from pg_constraint as k where contypid = t.oid)
        from pg_type as t
        where typtype in ('e', 'd', 'r', 'c') and typelem = 0
            and not exists (select from pg_class where oid = typrelid and relkind <> 'c')
            and {_OURS.format(schema="typnamespace", owner="typowner")}""",
    "event trigger": "select evtname, evtevent, evtfoid::regproc, evtenabled, evtowner::regrole, evttags "
    "from pg_event_trigger where not %(pipelines)s",
    "default privilege": "select defaclrole::regrole, defaclnamespace::regnamespace, defaclobjtype, defaclacl::text "
    "from pg_default_acl where (defaclrole = 'rekisteri_pipeline'::regrole) = %(pipelines)s",
}


def read(conn: psycopg.Connection[Any], *, pipelines: bool = False) -> Catalog:
    """Return every object of the six schemas, by kind, in a text that does not depend on numbers or on order.

    Args:
        conn: superuser's connection.
        pipelines: read what the pipeline made for itself (work tables, analyst tables), instead of all else.
    """
    conn.execute("set search_path = pg_catalog")
    found = {
        kind: sorted(" | ".join(map(str, row)) for row in conn.execute(query, {"pipelines": pipelines}))
        for kind, query in QUERIES.items()
    }
    conn.execute("reset search_path")
    return found


def differences(one: Catalog, other: Catalog) -> list[str]:
    """Return what only one of two catalogs has: a minus for the first, a plus for the second."""
    return [
        f"{sign} {kind}: {line}"
        for kind in QUERIES
        for sign, has, lacks in (("-", one, other), ("+", other, one))
        for line in sorted(set(has[kind]) - set(lacks[kind]))
    ]
