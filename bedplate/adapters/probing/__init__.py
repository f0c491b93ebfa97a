"""How the administrative machine looks at addresses, certificates and web servers."""
