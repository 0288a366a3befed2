"""What relays tell by webhook: bounces, complaints, unsubscribes, with the same consequences as a mail that came back.

document   a body → plain values, within limits (pure)
services   a reader for each service: values → events (pure)
event      what an event can mean (pure)
proof      that a body comes from its service; sns does so for Amazon, and confirms its subscription
posted     one request, from its body to its answer
received   the events that came: recorded with their consequences, counted, and looked back at
"""
