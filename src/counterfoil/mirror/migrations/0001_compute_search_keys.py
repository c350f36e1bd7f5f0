"""Let the database compute the keys by which names, numbers and references are found, and the groups of a contact."""

from django.db import migrations

# The Python of the same rules is in `counterfoil/domain/searching.py`. Most texts are plain ASCII, for
# which nothing has to be taken apart.
_FOLD = r"""
create function counterfoil_fold(said text) returns text
language sql immutable parallel safe strict
return case when said ~ '^[\x01-\x7f]*$' then translate(lower(said), '''`', '')
else translate(
    replace(replace(replace(replace(
        regexp_replace(
            lower(normalize(said, NFKD)),
            '[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0640]', '', 'g'
        ),
        'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'),
    'øđðłıς''’‘`', 'oddliσ'
) end
"""

_KEY = """
create function counterfoil_key(said text) returns text
language sql immutable parallel safe strict
return left(translate(counterfoil_fold(said), E' \\t\\r\\n-_/\\\\.,:;#&+*|"()[]{}=@!?%“”„–—‐‑', ''), 200)
"""

_TAIL = """
create function counterfoil_tail(said text) returns text
language sql immutable parallel safe strict
return coalesce(ltrim(substring(left(said, 200) from '([0-9]+)[^0-9]*$'), '0'), '')
"""

_SEARCH_KEY = """
create function counterfoil_search_key(said text) returns text
language sql immutable parallel safe strict
return left(counterfoil_fold(said), 300)
"""

# A loop over the letters is four times as fast here as a query over them.
_GRAMS = """
create function counterfoil_grams(name text) returns bit(512)
language plpgsql immutable parallel safe strict as $$
declare
    padded text := ' ' || left(counterfoil_fold(name), 120) || ' ';
    grams bit(512) := 0::bit(512);
    one int := ascii(substr(padded, 1, 1));
    two int := ascii(substr(padded, 2, 1));
    three int;
begin
    for place in 3 .. length(padded) loop
        three := ascii(substr(padded, place, 1));
        grams := set_bit(grams, (one * 961 + two * 31 + three) % 512, 1);
        one := two;
        two := three;
    end loop;
    return grams;
end $$
"""

_UNITS = """
create function counterfoil_units(amount numeric) returns bigint
language sql immutable parallel safe strict
return case when abs(amount) < 100000000000000 then (amount * 10000)::bigint end
"""

# Xero lists no group with its members; the contact's own text says in which it is.
_GROUPS = """
create function counterfoil_groups(raw json) returns text[]
language sql immutable parallel safe strict
return case when json_typeof(raw -> 'ContactGroups') = 'array' then (
    select coalesce(array_agg(said ->> 'ContactGroupID'), '{}')
    from json_array_elements(raw -> 'ContactGroups') as said
) else '{}' end
"""


class Migration(migrations.Migration):
    """Functions alone; the columns that use them follow."""

    initial = True

    dependencies = []

    operations = [
        migrations.RunSQL(
            sql=[_FOLD, _KEY, _TAIL, _SEARCH_KEY, _GRAMS, _UNITS, _GROUPS],
            reverse_sql=[
                "drop function counterfoil_groups",
                "drop function counterfoil_units",
                "drop function counterfoil_grams",
                "drop function counterfoil_search_key",
                "drop function counterfoil_tail",
                "drop function counterfoil_key",
                "drop function counterfoil_fold",
            ],
        )
    ]
