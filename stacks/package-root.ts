import * as path from "node:path";

/** Directory of package.json. Files that come with the code are found here, wherever the project of a stack is. */
export const PACKAGE_ROOT = path.resolve(__dirname, "..", "..");
