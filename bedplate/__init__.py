"""Bedplate: on-premises Kubernetes clusters that resume from the step that broke."""
