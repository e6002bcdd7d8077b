/** The Talos release whose libraries the simulated machines and the sandbox's provider are built from. */
export const TALOS = "1.13.0";
