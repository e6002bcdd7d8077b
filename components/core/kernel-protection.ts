/** Arguments that take a protection of the kernel away. */
const ARGUMENTS: readonly (readonly [pattern: RegExp, message: string])[] = [
  [/^mitigations=off$/, "processes can read each other through the processor"],
  [
    /^(?:nopti|pti=off|spectre_v2=off|nospectre_v[12]|l1tf=off|mds=off|tsx_async_abort=off|nosmep|nosmap)$/,
    "processes can read each other through the processor",
  ],
  [/^(?:selinux=0|enforcing=0|apparmor=0)$/, "mandatory access control is off"],
  [/^(?:init_on_alloc=0|init_on_free=0)$/, "memory is handed on with what was in it"],
  [/^(?:module\.sig_enforce=0|module\.sig_enforce=n)$/i, "unsigned modules are loaded"],
  [/^lockdown=none$/, "root can change the kernel"],
  [/^talos\.config=http:/, "the configuration, keys included, comes over a network unencrypted"],
];

/** What an argument of the kernel takes away; undefined when it protects as much as before. */
export function weakens(argument: string): string | undefined {
  return ARGUMENTS.find(([form]) => form.test(argument))?.[1];
}
