package provider

import (
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

// healthInterval is how often the engine is asked whether it is still there.
const healthInterval = 5 * time.Minute

// Main is the whole life of a plugin process: it serves the package on a loopback port of the system's choice, prints
// the port as the first line of standard output, as the engine expects, and ends when the engine does away with it.
// With the argument -version it prints the version instead.
//
// The result is the exit code of the process.
func Main(pkg Package, args []string, stdout, stderr io.Writer) int {
	if slices.Contains(args, "-version") || slices.Contains(args, "--version") {
		fmt.Fprintln(stdout, pkg.Version)
		return 0
	}
	engineAddress := ""
	for _, arg := range args {
		if len(arg) > 0 && arg[0] != '-' {
			engineAddress = arg
			break
		}
	}
	if err := serve(New(pkg, engineAddress), engineAddress, stdout); err != nil {
		fmt.Fprintf(stderr, "pulumi-resource-%s: %v\n", pkg.Name, err)
		return 1
	}
	return 0
}

func serve(provider *Provider, engineAddress string, stdout io.Writer) error {
	cancel := make(chan bool)
	if engineAddress != "" {
		// ends the process when the engine is gone without having said so
		if err := rpcutil.Healthcheck(provider.life, engineAddress, healthInterval, func() { close(cancel) }); err != nil {
			return fmt.Errorf("watch the engine at %s: %w", engineAddress, err)
		}
	}
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: cancel,
		Init: func(server *grpc.Server) error {
			pulumirpc.RegisterResourceProviderServer(server, plugin.NewProviderServer(provider))
			return nil
		},
	})
	if err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	if _, err := fmt.Fprintf(stdout, "%d\n", handle.Port); err != nil {
		return fmt.Errorf("report the port to the engine: %w", err)
	}
	if err := <-handle.Done; err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	return provider.Close()
}
