import type { Wrong } from "./page/wire";

/** An answer that is no success; thrown by routes and told as RFC 9457 says. */
export class Refusal extends Error {
  override readonly name = "Refusal";

  constructor(
    /** HTTP status. */
    readonly status: number,
    readonly title: string,
    readonly more: { readonly problems?: readonly Wrong[]; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(title);
  }
}

/** What does not exist, or belongs to a customer of others: the two must not differ. */
export function notFound(what: string): Refusal {
  return new Refusal(404, `There is no such ${what}`);
}
