module firmament.example/tools/controller-gen

go 1.26

require sigs.k8s.io/controller-tools v0.19.0
