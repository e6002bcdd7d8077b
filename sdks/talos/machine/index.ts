import * as utilities from "../utilities";
import { Bootstrap } from "./bootstrap";
import { ConfigurationApply } from "./configurationApply";
import { Secrets } from "./secrets";

export { Bootstrap, type BootstrapArgs, type BootstrapState } from "./bootstrap";
export { ConfigurationApply, type ConfigurationApplyArgs, type ConfigurationApplyState } from "./configurationApply";
export { Secrets, type SecretsArgs, type SecretsState } from "./secrets";
export {
  getConfiguration,
  getConfigurationOutput,
  type GetConfigurationArgs,
  type GetConfigurationOutputArgs,
  type GetConfigurationResult,
} from "./getConfiguration";
export { getDisks, getDisksOutput, type GetDisksArgs, type GetDisksOutputArgs, type GetDisksResult } from "./getDisks";

utilities.registerResources([Bootstrap, ConfigurationApply, Secrets]);
