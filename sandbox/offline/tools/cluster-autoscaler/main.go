// Command cluster-autoscaler stands for the Cluster Autoscaler with its clusterapi provider, of which no Go module is
// served. It takes the flags of the real one, and is no kinder: what the real one cannot do without a right, it refuses
// to start without.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"firmament.example/sandbox/offline/tools/cluster-autoscaler/internal/autoscaler"
)

func main() {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	options, err := autoscaler.ParseOptions(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		os.Exit(0)
	}
	if err == nil {
		err = autoscaler.Run(ctx, options, log)
	}
	if err != nil && ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, "cluster-autoscaler:", err)
		os.Exit(1)
	}
}
