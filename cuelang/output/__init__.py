"""What is printed: diagnostics, plans, reports. Pure: data in, text out."""
