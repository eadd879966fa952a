-- schema: text. Lets names without a schema be found in this one first, until the trial is rolled back.
select set_config('search_path', %(schema)s || ', ' || current_setting('search_path'), true)
