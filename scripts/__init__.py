"""What make calls: bringing the jars, running the sample night."""
