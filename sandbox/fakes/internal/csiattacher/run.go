// Package csiattacher is a fake of Kubernetes' external-attacher, which Go's module proxies refuse to serve: it lets the
// CSI driver behind a socket attach and detach what VolumeAttachments ask for, and says in their status how that went.
// It takes the flags of the real one, and needs the rights that the real one needs.
//
// Different from the real one: it does not look for volumes that are still attached without a VolumeAttachment.
package csiattacher

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/workqueue"
)

type config struct {
	address, kubeconfig   string
	timeout               time.Duration
	retryStart, retryMost time.Duration
	workers               int
}

func parseConfig(args []string) (*config, error) {
	flags := flag.NewFlagSet("csi-attacher", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	c := &config{}
	flags.StringVar(&c.address, "csi-address", "/run/csi/socket", "")
	flags.StringVar(&c.kubeconfig, "kubeconfig", "", "")
	flags.DurationVar(&c.timeout, "timeout", 15*time.Second, "")
	flags.DurationVar(&c.retryStart, "retry-interval-start", time.Second, "")
	flags.DurationVar(&c.retryMost, "retry-interval-max", 5*time.Minute, "")
	flags.IntVar(&c.workers, "worker-threads", 10, "")
	flags.String("v", "", "")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if c.kubeconfig == "" {
		return nil, errors.New("--kubeconfig: none — the sandbox plays an attacher outside of its cluster")
	}
	return c, nil
}

// Run attaches and detaches until ctx is done.
func Run(ctx context.Context, args []string) error {
	config, err := parseConfig(args)
	if err != nil {
		return err
	}
	access, err := clientcmd.BuildConfigFromFlags("", config.kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(access)
	if err != nil {
		return err
	}
	connection, err := grpc.NewClient("unix://"+config.address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer connection.Close()
	name, err := driverName(ctx, csi.NewIdentityClient(connection))
	if err != nil {
		return err
	}
	a := &attacher{client: client, driver: name, csi: csi.NewControllerClient(connection), timeout: config.timeout}
	return a.run(ctx, config)
}

// driverName waits for the driver, which starts beside it.
func driverName(ctx context.Context, driver csi.IdentityClient) (string, error) {
	answer, err := driver.GetPluginInfo(ctx, &csi.GetPluginInfoRequest{}, grpc.WaitForReady(true))
	if err != nil {
		return "", fmt.Errorf("the driver does not say its name: %w", err)
	}
	return answer.GetName(), nil
}

func (a *attacher) run(ctx context.Context, config *config) error {
	queue := workqueue.NewTypedRateLimitingQueue(
		workqueue.NewTypedItemExponentialFailureRateLimiter[string](config.retryStart, config.retryMost))
	factory := informers.NewSharedInformerFactory(a.client, 10*time.Minute)
	attachments := factory.Storage().V1().VolumeAttachments()
	add := func(object any) {
		if found, ok := object.(*storagev1.VolumeAttachment); ok && found.Spec.Attacher == a.driver {
			queue.Add(found.Name)
		}
	}
	if _, err := attachments.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: add, UpdateFunc: func(_, object any) { add(object) },
	}); err != nil {
		return err
	}
	factory.Start(ctx.Done())
	defer factory.Shutdown()
	var wg sync.WaitGroup
	for range max(config.workers, 1) {
		wg.Go(func() {
			for a.work(ctx, queue) {
			}
		})
	}
	<-ctx.Done()
	queue.ShutDown()
	wg.Wait()
	return nil
}

func (a *attacher) work(ctx context.Context, queue workqueue.TypedRateLimitingInterface[string]) bool {
	name, shutdown := queue.Get()
	if shutdown {
		return false
	}
	defer queue.Done(name)
	if err := a.sync(ctx, name); err != nil && ctx.Err() == nil {
		fmt.Printf("VolumeAttachment %s: %v\n", name, err)
		queue.AddRateLimited(name)
		return true
	}
	queue.Forget(name)
	return true
}
