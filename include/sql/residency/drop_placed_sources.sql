-- sources: text[]. Takes off the list the sources that are inside the EU/EEA, or are no sources any more.
delete from register.misplaced_source
where source <> all(%(sources)s)
