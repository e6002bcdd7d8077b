// Command kubevirt-ccm plays the KubeVirt cloud controller manager (v0.6.0) in a sandbox: the controllers of nodes and
// Services, their flags, leases and retries are those of k8s.io/cloud-provider, and only the cloud behind them is ours.
// It reads the flags and the cloud-config file of the real one, and leaves the same objects behind.
//
// Different from the real one: a file with keys that nobody reads is refused, and so is enableEPSController, which the
// sandbox has not. A machine is found by its hostname in a list of all machines instead of by a field selector.
package main

import (
	"fmt"
	"os"

	"k8s.io/apimachinery/pkg/util/wait"
	cloudprovider "k8s.io/cloud-provider"
	"k8s.io/cloud-provider/app"
	"k8s.io/cloud-provider/app/config"
	"k8s.io/cloud-provider/options"
	"k8s.io/component-base/cli"
	cliflag "k8s.io/component-base/cli/flag"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
)

func main() {
	cloudprovider.RegisterCloudProvider(providerName, newCloud)
	defaults, err := options.NewCloudControllerManagerOptions()
	if err != nil {
		fail(err)
	}
	command := app.NewCloudControllerManagerCommand(
		defaults, initialise, app.DefaultInitFuncConstructors, map[string]string{}, cliflag.NamedFlagSets{}, wait.NeverStop,
	)
	os.Exit(cli.Run(command))
}

func initialise(completed *config.CompletedConfig) cloudprovider.Interface {
	settings := completed.ComponentConfig.KubeCloudShared.CloudProvider
	cloud, err := cloudprovider.InitCloudProvider(settings.Name, settings.CloudConfigFile)
	if err == nil && cloud == nil {
		err = fmt.Errorf("--cloud-provider: none — only %s is known here", providerName)
	}
	if err != nil {
		fail(err)
	}
	return cloud
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "kubevirt-ccm:", err)
	os.Exit(1)
}
