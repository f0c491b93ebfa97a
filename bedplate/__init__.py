"""Bedplate: on-premises Kubernetes clusters the EKS Anywhere way, resumed from the step that broke."""
