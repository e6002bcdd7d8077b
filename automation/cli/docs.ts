import { pages } from "../../policies/docs";
import { type Written, writeOwnFiles } from "../own-files";

const MARK = "<!-- Written by `firmament docs` from the rules; changes here are lost. -->";

/**
 * Writes the documentation of the rules: a page for each and README.md, the index.
 *
 * @throws InvalidInput when it is no directory or a page would replace somebody's file; then nothing is written.
 */
export function writeDocs(directory: string): Written {
  const files = Object.fromEntries(pages().map((page) => [page.path, page.text]));
  return writeOwnFiles({ what: "docs", directory, files, mark: MARK });
}
