"""A small product that runs on Twilio Studio."""
