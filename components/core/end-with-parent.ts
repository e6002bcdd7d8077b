const INTERVAL = 1000;

/**
 * Ends this process, with exit code 1, about a second after its parent process has ended. Only for processes that live
 * for their parent: it is called by the file that such a process runs, never by what programs import.
 *
 * @returns whether the parent is gone, for who wants to know before that second is over.
 */
export function endWithParent(): () => boolean {
  const parent = process.ppid;
  const gone = () => process.ppid !== parent;
  setInterval(() => {
    if (gone()) process.exit(1);
  }, INTERVAL).unref();
  return gone;
}
