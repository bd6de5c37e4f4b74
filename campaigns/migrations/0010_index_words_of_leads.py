"""Index the words of names, companies and emails, by which leads are found."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # leads are imported and called meanwhile

    dependencies = [("campaigns", "0009_disclosure_is_said_first")]

    operations = [
        AddIndexConcurrently(
            "lead",
            django.contrib.postgres.indexes.GinIndex(
                models.Func(
                    "name",
                    "company",
                    "email",
                    arg_joiner=" || ' ' || ",
                    output_field=django.contrib.postgres.search.SearchVectorField(),
                    template="array_to_tsvector(array_remove(string_to_array(translate(lower(%(expressions)s), "
                    "',;:()[]\"/&|-', '            '), ' '), ''))",
                ),
                gin_pending_list_limit=262_144,
                name="lead_words",
            ),
        ),
    ]
