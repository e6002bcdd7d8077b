/** Actions that generated workflows use, each by the commit of its release: a tag can be moved, a commit cannot. */
export const CI_ACTIONS = {
  "actions/checkout": { commit: "9c091bb21b7c1c1d1991bb908d89e4e9dddfe3e0", version: "v7.0.0" },
  "actions/setup-node": { commit: "48b55a011bda9f5d6aeb4c2d9c7362e8dae4041e", version: "v6.4.0" },
  "actions/upload-artifact": { commit: "043fb46d1a93c77aae656e7c1c64a875d1fc6a0a", version: "v7.0.1" },
  "actions/download-artifact": { commit: "3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c", version: "v8.0.1" },
  "pulumi/actions": { commit: "8e5e406f4007fca908480587cb9893c07090f58d", version: "v7.0.0" },
} as const;

/** Node.js that pipelines run the programs with. */
export const CI_NODE = "22";
