/** The Talos release whose libraries the simulated machines and the sandbox's provider are built from. */
export const TALOS = "1.13.0";

/** The release of the image factory whose schematics are computed, and compared in tests. */
export const IMAGE_FACTORY = "1.3.3";

/** Minors of one kind, both included. */
interface Minors {
  readonly oldest: number;
  readonly newest: number;
}

/**
 * Minors of Talos (1.x) that machines may run: the minors of Kubernetes that each runs with, and those of Talos that it
 * may be installed over, upgrades and downgrades. From machinery (compatibility), a test compares them.
 */
export const TALOS_MINORS: Readonly<Record<number, { readonly kubernetes: Minors; readonly from: Minors }>> = {
  12: { kubernetes: { oldest: 30, newest: 35 }, from: { oldest: 10, newest: 13 } },
  13: { kubernetes: { oldest: 31, newest: 36 }, from: { oldest: 11, newest: 14 } },
  14: { kubernetes: { oldest: 32, newest: 37 }, from: { oldest: 12, newest: 15 } },
};

/**
 * The newest minor whose configurations the provider writes: @pulumiverse/talos 0.8.1 carries terraform-provider-talos
 * 0.11.0, and that machinery 1.13.0. Asked for a newer one, it would write this one under another name. Talos 1.14 takes
 * it; the documents of its own that replace parts of it come with a provider that knows them.
 */
export const NEWEST_CONTRACT = 13;
