/* The shell in generated pipelines. It is POSIX: images of pipelines have dash or busybox. */

/** Ends a job with one message that names every variable that is missing or empty. */
export function needsVariables(names: readonly string[], where: string): string[] {
  if (names.length === 0) return [];
  return [
    "missing=",
    `for name in ${names.join(" ")}; do [ -n "$(printenv "$name")" ] || missing="$missing $name"; done`,
    `[ -z "$missing" ] || { echo "missing:$missing — set them in ${where}" >&2; exit 2; }`,
  ];
}

/**
 * Sets `changed` to the options that select what differs from the commit in a variable; to nothing, which is all stacks,
 * where there is no such commit: at the first push of a branch, or after one that was forced.
 */
export function sinceCommit(variable: string): string[] {
  return [
    "changed=",
    `if git cat-file -e "$${variable}^{commit}" 2>/dev/null; then changed="--changed $${variable}"; fi`,
  ];
}

/** A forge's API for comments of one pull or merge request. */
export interface CommentApi {
  /** Header with the token, in the shell's terms. */
  readonly header: string;
  /** Sets COMMENTS, the URL that lists and takes comments, and COMMENT, under which each has its own. */
  readonly urls: readonly string[];
  /** Whether a comment is by this job's own user, as a condition of jq. */
  readonly own: string;
  /** Prepares what `own` needs. */
  readonly who?: readonly string[];
  readonly update: "PATCH" | "PUT";
}

/**
 * Puts a file into the comment that begins with a marker and is this job's own, or into a new one where there is none:
 * pushing again edits the comment, it does not add another. A list that cannot be read ends it: taken for an empty one, it
 * would add a second comment.
 */
export function commentScript({ header, urls, own, who = [], update }: CommentApi, file: string): string {
  return [
    "set -eu",
    `send() { curl --fail-with-body --silent --show-error --header "${header}" --header "Content-Type: application/json" "$@"; }`,
    ...urls,
    ...who,
    `marker=$(head -n 1 ${file})`,
    "id= page=1",
    'while [ -z "$id" ]; do',
    '  comments=$(send "$COMMENTS?per_page=100&page=$page")',
    `  id=$(printf '%s' "$comments" | jq --raw-output --arg marker "$marker" --arg me "\${me:-}" \\`,
    `    'map(select(${own} and ((.body // "") | startswith($marker))))[0].id // empty')`,
    `  [ "$(printf '%s' "$comments" | jq length)" -eq 100 ] || break`,
    "  page=$((page + 1))",
    "done",
    `jq --null-input --rawfile body ${file} '{ body: $body }' > body.json`,
    'if [ -n "$id" ]; then',
    `  send --request ${update} --data @body.json "$COMMENT/$id" > /dev/null`,
    "else",
    '  send --request POST --data @body.json "$COMMENTS" > /dev/null',
    "fi",
    "",
  ].join("\n");
}

/** A word that the shell takes as it is. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

export function chartsOption(charts: string | undefined): string {
  return charts === undefined ? "" : ` --charts ${quoted(charts)}`;
}
