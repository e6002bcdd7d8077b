package controlplane

import "k8s.io/client-go/tools/cache"

// wakeOn wakes its reader when an object that the informers see is added or changed, once for many that come together.
// poke wakes it without one.
func wakeOn(informers ...cache.SharedIndexInformer) (wake <-chan struct{}, poke func(), err error) {
	signal := make(chan struct{}, 1)
	poke = func() {
		select {
		case signal <- struct{}{}:
		default:
		}
	}
	for _, informer := range informers {
		if _, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc:    func(any) { poke() },
			UpdateFunc: func(any, any) { poke() },
		}); err != nil {
			return nil, nil, err
		}
	}
	return signal, poke, nil
}
