// Command csi-attacher is the sandbox's fake of Kubernetes' external-attacher, with its flags (package csiattacher).
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"firmament.example/sandbox/fakes/internal/csiattacher"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := csiattacher.Run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "csi-attacher:", err)
		os.Exit(1)
	}
}
