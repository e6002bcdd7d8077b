package reconcile

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	// resync is how often everything is looked at again though nothing happened.
	resync = 2 * time.Minute

	firstRetry, longestRetry = 100 * time.Millisecond, 5 * time.Second
)

// ErrWait is an error that is no fault: something is not there yet. It is not logged as a warning.
var ErrWait = errors.New("waiting")

// Waiting is an ErrWait that says for what.
func Waiting(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrWait, fmt.Sprintf(format, args...))
}

// Also makes a controller look at objects of its kind when objects of another kind change.
type Also struct {
	Kind schema.GroupVersionKind
	// Labels restricts what is watched.
	Labels map[string]string
	// Map names the objects to look at.
	Map func(ctx context.Context, object *unstructured.Unstructured) []types.NamespacedName
}

// Controller brings the objects of one kind to where they should be.
type Controller struct {
	Name string
	Kind schema.GroupVersionKind
	// Labels restricts which objects are looked at.
	Labels map[string]string
	Also   []Also
	// Workers is how many objects are worked on at the same time; default 1.
	Workers int
	// Reconcile looks at one object, which may be gone, and returns after how long to look again (0: when something
	// changes).
	Reconcile func(ctx context.Context, key types.NamespacedName) (time.Duration, error)
}

// Run runs controllers until ctx is done.
func (c *Cluster) Run(ctx context.Context, controllers ...Controller) {
	var wg sync.WaitGroup
	for _, controller := range controllers {
		wg.Go(func() { c.run(ctx, controller) })
	}
	wg.Wait()
}

func (c *Cluster) run(ctx context.Context, controller Controller) {
	limiter := workqueue.NewTypedItemExponentialFailureRateLimiter[types.NamespacedName](firstRetry, longestRetry)
	queue := workqueue.NewTypedRateLimitingQueue(limiter)
	known := &faults{}
	var wg sync.WaitGroup
	wg.Go(func() {
		c.pump(ctx, controller.Kind, controller.Labels, func(object *unstructured.Unstructured) { queue.Add(Key(object)) })
	})
	for _, also := range controller.Also {
		wg.Go(func() {
			c.pump(ctx, also.Kind, also.Labels, func(object *unstructured.Unstructured) {
				for _, key := range also.Map(ctx, object) {
					queue.Add(key)
				}
			})
		})
	}
	for range max(controller.Workers, 1) {
		wg.Go(func() {
			for c.work(ctx, controller, queue, known) {
			}
		})
	}
	<-ctx.Done()
	queue.ShutDown()
	wg.Wait()
}

func (c *Cluster) work(ctx context.Context, controller Controller, queue workqueue.TypedRateLimitingInterface[types.NamespacedName], faults *faults) bool {
	key, shutdown := queue.Get()
	if shutdown {
		return false
	}
	defer queue.Done(key)
	log := c.Log.With("controller", controller.Name, "object", key.String())
	again, err := guarded(ctx, controller, key)
	switch {
	case ctx.Err() != nil:
		return true
	case err == nil:
		queue.Forget(key)
		faults.forget(key)
	case errors.Is(err, ErrWait), apierrors.IsConflict(err), apierrors.IsAlreadyExists(err):
		log.Debug("again soon", "because", err)
	case faults.isNew(key, err):
		log.Warn("reconcile failed", "error", err)
		c.warnOf(ctx, controller.Kind, key, "ReconcileFailed", err)
	default:
		log.Debug("reconcile failed again", "error", err)
	}
	switch {
	case err != nil:
		queue.AddRateLimited(key)
	case again > 0:
		queue.AddAfter(key, again)
	}
	return true
}

// faults remembers what was said last about an object, so that the log says it once.
type faults struct {
	mu   sync.Mutex
	last map[types.NamespacedName]string
}

func (f *faults) isNew(key types.NamespacedName, err error) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.last[key] == err.Error() {
		return false
	}
	if f.last == nil {
		f.last = map[types.NamespacedName]string{}
	}
	f.last[key] = err.Error()
	return true
}

func (f *faults) forget(key types.NamespacedName) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.last, key)
}

// guarded keeps one faulty object from ending the whole sandbox.
func guarded(ctx context.Context, controller Controller, key types.NamespacedName) (again time.Duration, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("fault in the fake: %v\n%s", fault, debug.Stack())
		}
	}()
	return controller.Reconcile(ctx, key)
}

// pump hands over every object of a kind, then every object that changes, and everything again now and then.
func (c *Cluster) pump(ctx context.Context, kind schema.GroupVersionKind, labels map[string]string, handle func(*unstructured.Unstructured)) {
	for ctx.Err() == nil {
		if c.AwaitServed(ctx, kind) != nil {
			return
		}
		if err := c.follow(ctx, kind, labels, handle); err != nil && ctx.Err() == nil {
			c.Log.Debug("watch ended", "kind", kind.String(), "because", err)
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	}
}

func (c *Cluster) follow(ctx context.Context, kind schema.GroupVersionKind, labels map[string]string, handle func(*unstructured.Unstructured)) error {
	options := []client.ListOption{}
	if len(labels) > 0 {
		options = append(options, client.MatchingLabels(labels))
	}
	list := newList(kind)
	if err := c.List(ctx, list, options...); err != nil {
		return err
	}
	for i := range list.Items {
		handle(&list.Items[i])
	}
	ctx, cancel := context.WithTimeout(ctx, resync)
	defer cancel()
	options = append(options, &client.ListOptions{Raw: &metav1.ListOptions{ResourceVersion: list.GetResourceVersion()}})
	events, err := c.Watch(ctx, newList(kind), options...)
	if err != nil {
		return err
	}
	defer events.Stop()
	for event := range events.ResultChan() {
		if event.Type == watch.Error {
			return apierrors.FromObject(event.Object)
		}
		if object, ok := event.Object.(*unstructured.Unstructured); ok {
			handle(object)
		}
	}
	return nil
}

func newList(kind schema.GroupVersionKind) *unstructured.UnstructuredList {
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(kind.GroupVersion().WithKind(kind.Kind + "List"))
	return list
}
