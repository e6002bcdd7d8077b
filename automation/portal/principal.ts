/** Who asks, and for which customers. */
export interface Principal {
  /** Unique: jobs and the log name it. */
  readonly who: string;
  /** `*`: an operator. */
  readonly customers: readonly string[] | "*";
  readonly readOnly: boolean;
}

export function mayOf({ customers }: Principal, customer: string): boolean {
  return customers === "*" || customers.includes(customer);
}

/** Somebody with several rights has the sum of them. */
export function joined(who: string, rights: readonly Omit<Principal, "who">[]): Principal | undefined {
  if (rights.length === 0) return undefined;
  // a right to write must not grow to the customers of a right to read
  const writing = rights.filter(({ readOnly }) => !readOnly);
  const counted = writing.length > 0 ? writing : rights;
  const customers = counted.some((each) => each.customers === "*")
    ? "*"
    : [...new Set(counted.flatMap((each) => (each.customers === "*" ? [] : each.customers)))].sort();
  return { who, customers, readOnly: writing.length === 0 };
}
