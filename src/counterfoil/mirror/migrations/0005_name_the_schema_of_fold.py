"""
Let the function of the grams name the schema of the function that it calls.

While a dump is read back, no schema is looked at by itself, and the column of a contact's grams could not
be computed: the dump could not be restored.
"""

from django.db import migrations

_GRAMS = """
do $outer$ begin execute format($function$
create or replace function counterfoil_grams(name text) returns bit(512)
language plpgsql immutable parallel safe strict as $$
declare
    padded text := ' ' || left(%I.counterfoil_fold(name), 120) || ' ';
    grams bit(512) := 0::bit(512);
    one int := ascii(substr(padded, 1, 1));
    two int := ascii(substr(padded, 2, 1));
    three int;
begin
    for place in 3 .. length(padded) loop
        three := ascii(substr(padded, place, 1));
        grams := set_bit(grams, (one * 961 + two * 31 + three) %% 512, 1);
        one := two;
        two := three;
    end loop;
    return grams;
end $$
$function$, current_schema()); end $outer$
"""


class Migration(migrations.Migration):
    """The function computes what it computed."""

    dependencies = [("mirror", "0004_keep_which_documents_cannot_be_read")]

    operations = [migrations.RunSQL(sql=_GRAMS, reverse_sql=migrations.RunSQL.noop)]
