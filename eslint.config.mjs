import tseslint from "typescript-eslint";

// which folder may import which is checked by .dependency-cruiser.mjs
export default tseslint.config(
  { ignores: ["dist/**", "node_modules/**", "sdks/**/bin/**", ".sandbox/**", "findings/**"] },
  {
    files: ["**/*.ts"],
    extends: [...tseslint.configs.recommended],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/no-require-imports": "error",
      // a file holds one idea; what is longer has two
      "max-lines": ["error", 300],
      "no-restricted-syntax": [
        "error",
        { selector: "ExportDefaultDeclaration", message: "exports have names: they are found and renamed by them" },
      ],
    },
  },
  // assertions of chains are bare expressions
  { files: ["**/*.test.ts"], rules: { "@typescript-eslint/no-unused-expressions": "off" } },
  // made by `npm run generate` or by Pulumi
  { files: ["**/*.generated.ts", "sdks/**/*.ts"], rules: { "max-lines": "off" } },
);
