/** The verbs of `evald journal`, and what each does. */
export const journalVerbs = {
  check: 'whether the journal is whole: the file, the numbers of its events, every row; exit code 1 when it is not',
  export: 'the journal as JSON lines: jobs, then events; of a damaged one all that can be read, and exit code 1',
  backup:
    'copies the journal to FILE, beside a server too, which goes on meanwhile; the copy is checked before it has its name',
  restore:
    'puts a backup in the place of the journal, while no server uses the folder; the journal that is there is kept beside it',
  prune:
    'forgets ended jobs beyond --history and --history-days, with what their runs left, while no server uses the folder; scores stay',
  vacuum:
    'writes the journal anew and gives the room of what was deleted back to the disk, while no server uses the folder',
} as const;
