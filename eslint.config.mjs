import importX from "eslint-plugin-import-x";
import tseslint from "typescript-eslint";

/** What each folder may import, beside itself. Dependencies point one way; nothing imports sandbox or test. */
const mayImport = {
  "components/core": [],
  "components/crds": ["components/core"],
  components: [],
  policies: ["components/core"],
  stacks: ["components"],
  automation: ["stacks", "policies", "components"],
  sandbox: ["stacks", "policies", "components", "automation"],
};

const folders = ["stacks", "components", "policies", "automation", "sandbox", "test"];

/** One zone per folder: everything outside it that is not on its list is forbidden. */
const zones = Object.entries(mayImport).map(([target, allowed]) => ({
  target: `./${target}`,
  from: folders
    .filter((folder) => !target.startsWith(folder) && !allowed.includes(folder))
    .map((folder) => `./${folder}`),
  except: [],
}));

const restrictedZones = zones.flatMap(({ target, from }) =>
  from
    .filter((source) => !mayImport[target.slice(2)].some((allowed) => `./${allowed}`.startsWith(`${source}/`)))
    .map((source) => ({ target, from: source, message: "dependencies point one way: see eslint.config.mjs" })),
);

export default tseslint.config(
  { ignores: ["dist/**", "node_modules/**", "sdks/**/bin/**", ".sandbox/**"] },
  {
    files: ["**/*.ts"],
    extends: [...tseslint.configs.recommended],
    plugins: { "import-x": importX },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    settings: { "import-x/resolver-next": [importX.createNodeResolver({ extensions: [".ts", ".js"] })] },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/no-require-imports": "error",
      "import-x/no-cycle": "error",
      "import-x/no-default-export": "error",
      "import-x/no-restricted-paths": [
        "error",
        {
          zones: [
            ...restrictedZones,
            // components/ holds core and crds: these two must not reach up into the rest
            { target: "./components/core", from: "./components", except: ["./core"] },
            { target: "./components/crds", from: "./components", except: ["./core", "./crds"] },
            { target: "./policies", from: "./components", except: ["./core"] },
          ],
        },
      ],
    },
  },
  // a program and a chart of mocha globals: the two places where a default or a bare expression is the interface
  { files: ["test/**/*.ts"], rules: { "@typescript-eslint/no-unused-expressions": "off" } },
);
