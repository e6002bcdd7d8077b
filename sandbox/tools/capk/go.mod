module firmament.example/tools/capk

go 1.26

require sigs.k8s.io/cluster-api-provider-kubevirt v0.11.2
