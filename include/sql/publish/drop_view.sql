-- view: what the analysts read. Makes room for a view that may have other columns.
drop view if exists {view}
