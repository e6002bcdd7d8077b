import * as pulumi from "@pulumi/pulumi";
import { TenantPackage } from "./package-host";

// starts the server that the engine talks to: does something when it is loaded, and is loaded by the engine alone
void pulumi.provider.main(new TenantPackage(), process.argv.slice(2));
