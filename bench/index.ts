/** What can be measured; each is loaded when it is asked for. */
const benches: Readonly<Record<string, () => Promise<(rounds: number) => Promise<string>>>> = {
  cloud: async () => (await import("./cloud.js")).benchCloud,
  machines: async () => (await import("./machines.js")).benchMachines,
  policies: async () => (await import("./policies.js")).benchPolicies,
  portal: async () => (await import("./portal.js")).benchPortal,
  tenants: async () => (await import("./tenants.js")).benchTenants,
};

/** `npm run bench -- [what] [rounds]`: figures of this machine, as a table. */
async function main([what = "cloud", rounds = "3"]: readonly string[]): Promise<void> {
  const load = Object.hasOwn(benches, what) ? benches[what] : undefined;
  const names = Object.keys(benches).join(", ");
  if (load === undefined) throw new Error(`bench: ${what} — must be one of ${names}; rounds come after it`);
  if (!/^[1-9]\d*$/.test(rounds)) throw new Error(`bench: rounds ${rounds} — must be a positive number; leave it out`);
  const bench = await load();
  process.stdout.write(await bench(Number(rounds)));
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
