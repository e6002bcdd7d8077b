/*
 * Dependencies point one way. Every folder and what it may import, beside itself; what is not on its list is
 * refused, circles too, imports of types included. Read by `npm run lint` and by the import picture in
 * docs/architecture.md.
 */

/** From the ground up. A longer path decides before a shorter one. */
export const FLOORS = {
  versions: [],
  "components/core": ["versions"],
  "components/kubernetes": ["versions", "components/core"],
  "components/talos": ["versions", "components/core", "components/kubernetes"],
  "components/platform": ["versions", "components/core", "components/kubernetes"],
  "components/tenant": ["versions", "components/core", "components/kubernetes"],
  policies: ["versions", "components/core"],
  stacks: ["versions", "components"],
  automation: ["versions", "components", "policies", "stacks"],
  sandbox: ["versions", "components", "policies", "stacks", "automation"],
  bench: ["versions", "components", "policies", "stacks", "automation", "sandbox"],
};

/** Tests and their fixtures may look everywhere; nothing looks at them. */
const TESTS = "\\.(test|fixture)\\.ts$|^test/";

const oneWay = Object.entries(FLOORS).map(([folder, allowed]) => ({
  name: `one-way-${folder.replace("/", "-")}`,
  comment: `${folder} may import ${allowed.length === 0 ? "no other folder" : allowed.join(", ")}: dependencies point one way`,
  severity: "error",
  from: { path: `^${folder}/`, pathNot: TESTS },
  to: {
    path: "^(versions|components|policies|stacks|automation|sandbox|bench|test)/",
    pathNot: [folder, ...allowed].map((name) => `^${name}/`),
  },
}));

export default {
  forbidden: [
    {
      name: "no-circle",
      comment: "a circle makes one module of several, whose order of loading decides what works",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    ...oneWay,
    {
      name: "not-to-tests",
      comment: "the program must not need its tests",
      severity: "error",
      from: { pathNot: TESTS },
      to: { path: TESTS },
    },
    {
      name: "core-without-pulumi",
      comment: "core is plain values, and so are settings: they are read where no engine is",
      severity: "error",
      from: { path: "^components/core/|^components/[a-z]+/settings(/|\\.ts$)" },
      to: { path: "node_modules/@pulumi/" },
    },
    {
      name: "one-rule-group",
      comment: "what several groups of rules use belongs into policies/engine",
      severity: "error",
      from: { path: "^policies/rules/([^/]+)/", pathNot: TESTS },
      to: { path: "^policies/rules/", pathNot: "^policies/rules/$1/" },
    },
    {
      name: "engine-without-rules",
      comment: "the engine knows no rule; what it shares with them is in policies/engine/library",
      severity: "error",
      from: { path: "^policies/engine/", pathNot: TESTS },
      to: { path: "^policies/", pathNot: "^policies/engine/" },
    },
    {
      name: "public-face-of-policies",
      comment: "others use the policies through index.ts, settings.ts (loads the schema library) and docs.ts",
      severity: "error",
      from: { pathNot: "^policies/|" + TESTS },
      to: { path: "^policies/", pathNot: "^policies/(index|settings|docs)\\.ts$" },
    },
    {
      name: "one-component",
      comment: "a component needs capabilities, never another component",
      severity: "error",
      from: { path: "^components/platform/components/([^/]+)/", pathNot: TESTS },
      to: { path: "^components/platform/components/", pathNot: "^components/platform/components/$1/" },
    },
    {
      name: "one-addon",
      comment: "an add-on knows no other add-on",
      severity: "error",
      from: { path: "^components/tenant/addons/([^/]+)/", pathNot: TESTS },
      to: { path: "^components/tenant/addons/[^/]+/", pathNot: "^components/tenant/addons/$1/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules|^sdks" },
    exclude: { path: "^(dist|sdks)/|node_modules/(?!@pulumi/)" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { extensions: [".ts", ".js", ".mjs", ".json"] },
  },
};
