/** The engine: the CLI that deploys. */
export const PULUMI = "3.274.1";

/** The oldest engine that these programs were run with; one that is installed and at least this is taken. */
export const PULUMI_OLDEST = "3.259.0";

/** The newest language host for Node.js that can be built from a Go module; a release has the host of its own engine. */
export const PULUMI_LANGUAGE_NODEJS = "3.68.0";

/** Resource plugins, by package. Each is the version that the package of the same name in package.json asks for. */
export const PULUMI_PLUGINS = { kubernetes: "4.34.2", talos: "0.8.1", command: "1.2.1" } as const;
