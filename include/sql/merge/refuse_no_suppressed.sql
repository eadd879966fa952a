-- Takes the suppressed rows out of the refused ones: a row has one fate.
delete from {refused} as refused
using {suppressed} as suppressed
where refused._row = suppressed._row
