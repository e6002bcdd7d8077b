package talos

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	sideronet "github.com/siderolabs/net"
	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/config/bundle"
	"github.com/siderolabs/talos/pkg/machinery/config/configpatcher"
	"github.com/siderolabs/talos/pkg/machinery/config/encoder"
	"github.com/siderolabs/talos/pkg/machinery/config/generate"
	machinetype "github.com/siderolabs/talos/pkg/machinery/config/machine"
	"github.com/siderolabs/talos/pkg/machinery/constants"
	"github.com/siderolabs/talos/pkg/machinery/gendata"
	"golang.org/x/mod/semver"
)

// defaultInstallDisk is what configurations name when no patch says otherwise.
const defaultInstallDisk = "/dev/sda"

// getMachineConfiguration is talos:machine/getConfiguration:getConfiguration.
func getMachineConfiguration(now clock) function {
	return function{
		schema: schema{
			"clusterName":       {required: true},
			"clusterEndpoint":   {required: true},
			"machineSecrets":    {kind: object, required: true, fields: machineSecretsSchema()},
			"machineType":       {required: true, oneOf: []string{"controlplane", "worker"}},
			"configPatches":     {kind: list},
			"kubernetesVersion": {fallback: constants.DefaultKubernetesVersion},
			"talosVersion":      {fallback: semver.MajorMinor(gendata.VersionTag)},
			"docs":              {kind: flag},
			"examples":          {kind: flag},
		},
		validate: validateGeneration,
		run: func(_ context.Context, args resource.PropertyMap) (resource.PropertyMap, error) {
			configuration, err := generateConfiguration(args, now)
			if err != nil {
				return nil, err
			}
			return resource.PropertyMap{
				"machineConfiguration": resource.NewProperty(configuration),
				"id":                   args["clusterName"],
			}, nil
		},
	}
}

func validateGeneration(args resource.PropertyMap) []plugin.CheckFailure {
	failures := validateTalosVersion(args)
	if endpoint := textOf(args, "clusterEndpoint"); endpoint != "" || !args["clusterEndpoint"].ContainsUnknowns() {
		if problem := endpointProblem(endpoint); problem != "" {
			failures = append(failures, plugin.CheckFailure{
				Property: "clusterEndpoint", Reason: fmt.Sprintf("clusterEndpoint: %q — %s", endpoint, problem),
			})
		}
	}
	if patches, known := textsOf(args, "configPatches"); known {
		if _, err := configpatcher.LoadPatches(patches); err != nil {
			failures = append(failures, plugin.CheckFailure{
				Property: "configPatches", Reason: fmt.Sprintf("configPatches: cannot be read: %v", err),
			})
		}
	}
	return failures
}

// endpointProblem says what is wrong with the URL of a cluster, and how it should look; empty when it is right.
func endpointProblem(endpoint string) string {
	parsed, err := url.Parse(endpoint)
	if err != nil {
		if strings.Contains(endpoint, "/") {
			return fmt.Sprintf("must be a URL (%v); try https://host:%d", err, constants.DefaultControlPlanePort)
		}
		parsed = &url.URL{Host: endpoint}
	}
	if parsed.Scheme != "https" {
		return fmt.Sprintf("must be a URL with scheme https; try %s", withHTTPS(*parsed))
	}
	if err := sideronet.ValidateEndpointURI(endpoint); err != nil {
		return fmt.Sprintf("must be a URL with host and port (%v); try %s", err, withHTTPS(*parsed))
	}
	return ""
}

func withHTTPS(u url.URL) string {
	if u.Scheme == "" && u.Host == "" {
		// without scheme a bare host reads as a path
		u.Host, u.Path = u.Path, ""
	}
	if u.Opaque != "" {
		// and host:port reads as scheme and rest
		u.Host, u.Opaque = u.Scheme+":"+u.Opaque, ""
	}
	u.Scheme = "https"
	if u.Port() == "" {
		u.Host = fmt.Sprintf("%s:%d", u.Host, constants.DefaultControlPlanePort)
	}
	return u.String()
}

// generateConfiguration makes the configuration of all machines of one type in a cluster.
func generateConfiguration(args resource.PropertyMap, now clock) (string, error) {
	secrets, err := toBundle(fieldsOf(args, "machineSecrets"), now())
	if err != nil {
		return "", err
	}
	contract, err := config.ParseContractFromVersion(textOf(args, "talosVersion"))
	if err != nil {
		return "", fmt.Errorf("talosVersion: %w", err)
	}
	patchTexts, _ := textsOf(args, "configPatches")
	patches, err := configpatcher.LoadPatches(patchTexts)
	if err != nil {
		return "", fmt.Errorf("configPatches: cannot be read: %w", err)
	}
	kind, withPatches := machinetype.TypeWorker, bundle.WithPatchWorker
	if textOf(args, "machineType") == "controlplane" {
		kind, withPatches = machinetype.TypeControlPlane, bundle.WithPatchControlPlane
	}
	made, err := bundle.NewBundle(
		bundle.WithVerbose(false),
		bundle.WithInputOptions(&bundle.InputOptions{
			ClusterName: textOf(args, "clusterName"),
			Endpoint:    textOf(args, "clusterEndpoint"),
			KubeVersion: strings.TrimPrefix(textOf(args, "kubernetesVersion"), "v"),
			GenOptions: []generate.Option{
				generate.WithClusterDiscovery(true),
				generate.WithDNSDomain(constants.DefaultDNSDomain),
				generate.WithInstallDisk(defaultInstallDisk),
				generate.WithInstallImage(installerImage()),
				generate.WithSecretsBundle(secrets),
				generate.WithVersionContract(contract),
			},
		}),
		withPatches(patches),
	)
	if err != nil {
		return "", fmt.Errorf("generate configuration: %w", err)
	}
	content, err := made.Serialize(comments(args), kind)
	if err != nil {
		return "", fmt.Errorf("write configuration: %w", err)
	}
	return string(content), nil
}

func comments(args resource.PropertyMap) encoder.CommentsFlags {
	flags := encoder.CommentsDisabled
	if flagOf(args, "docs") {
		flags |= encoder.CommentsDocs
	}
	if flagOf(args, "examples") {
		flags |= encoder.CommentsExamples
	}
	return flags
}

// installerImage is the installer of the library's own version, also for configurations of another version.
func installerImage() string {
	return fmt.Sprintf("%s/%s/installer:%s", gendata.ImagesRegistry, gendata.ImagesUsername, gendata.VersionTag)
}

// getClientConfiguration is talos:client/getConfiguration:getConfiguration.
func getClientConfiguration() function {
	return function{
		schema: schema{
			"clusterName":         {required: true},
			"clientConfiguration": {kind: object, required: true, fields: clientSchema(false)},
			"endpoints":           {kind: list},
			"nodes":               {kind: list},
		},
		run: func(_ context.Context, args resource.PropertyMap) (resource.PropertyMap, error) {
			name := textOf(args, "clusterName")
			talosconfig, err := credentialsOf(name, fieldsOf(args, "clientConfiguration"))
			if err != nil {
				return nil, err
			}
			endpoints, _ := textsOf(args, "endpoints")
			nodes, _ := textsOf(args, "nodes")
			talosconfig.Contexts[name].Endpoints = endpoints
			talosconfig.Contexts[name].Nodes = nodes
			content, err := talosconfig.Bytes()
			if err != nil {
				return nil, fmt.Errorf("write talosconfig: %w", err)
			}
			return resource.PropertyMap{"talosConfig": resource.NewProperty(string(content)), "id": args["clusterName"]}, nil
		},
	}
}
