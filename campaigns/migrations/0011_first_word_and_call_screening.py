"""Whether the agent waits for the first word, and what call screening is told."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0010_index_words_of_leads'),
    ]

    operations = [
        migrations.AddField(
            model_name='campaign',
            name='screening_answer',
            field=models.TextField(blank=True, help_text='Said word for word to an assistant that asks who is calling and why; the agent then waits for the person. Leave empty to let the agent answer in its own words.', max_length=2000, verbose_name='answer to call screening'),
        ),
        migrations.AddField(
            model_name='campaign',
            name='speaks_first',
            field=models.BooleanField(default=False, help_text="Speak as soon as the call is answered. Otherwise the agent waits for the person's first word, and speaks after two and a half seconds of silence.", verbose_name='speak first'),
        ),
        migrations.AddField(
            model_name='historicalcampaign',
            name='screening_answer',
            field=models.TextField(blank=True, help_text='Said word for word to an assistant that asks who is calling and why; the agent then waits for the person. Leave empty to let the agent answer in its own words.', max_length=2000, verbose_name='answer to call screening'),
        ),
        migrations.AddField(
            model_name='historicalcampaign',
            name='speaks_first',
            field=models.BooleanField(default=False, help_text="Speak as soon as the call is answered. Otherwise the agent waits for the person's first word, and speaks after two and a half seconds of silence.", verbose_name='speak first'),
        ),
    ]
