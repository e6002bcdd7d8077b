/** Reading the configuration of the pack. Apart from `index.ts` because it loads the schema library. */
export { settingsFrom } from "./pulumi/pack-config";
