-- source. Forgets which waiting rows of a source were to be judged again.
delete from staging.reconsidered
where source = %(source)s
