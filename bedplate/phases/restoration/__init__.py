"""The phases of a restore: a backup's data is put back into the etcd of a control plane."""
