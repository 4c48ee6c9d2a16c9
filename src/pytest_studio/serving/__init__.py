"""How clients in other processes reach a studio: over HTTP on a local port, or through an HTTPS proxy."""
