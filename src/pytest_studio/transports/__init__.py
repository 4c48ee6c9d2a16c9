"""How clients reach a studio. A transport converts to a Request and from a Response, and knows nothing else."""
