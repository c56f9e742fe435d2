// What a calendar program makes of .ics files: one JSON object for each file named, instants as seconds since 1970 UTC.
// Times in a zone go by the VTIMEZONE of the file alone.
import { readFileSync } from "node:fs";
import ICAL from "ical.js";

const seconds = (time) => time.toUnixTime();

function alarm(component, start) {
  const trigger = component.getFirstPropertyValue("trigger");
  const at = start.clone();
  at.addDuration(trigger);
  return { at: seconds(at), action: component.getFirstPropertyValue("action"), told: component.getFirstPropertyValue("description") };
}

function event(component) {
  const one = new ICAL.Event(component);
  const value = (name) => component.getFirstPropertyValue(name);
  return {
    uid: one.uid,
    sequence: one.sequence,
    status: value("status"),
    transp: value("transp"),
    summary: one.summary,
    description: one.description,
    starts: seconds(one.startDate),
    ends: seconds(one.endDate),
    day: one.startDate.toString().slice(0, 10),
    stamp: seconds(value("dtstamp")),
    modified: seconds(value("last-modified")),
    alarms: component.getAllSubcomponents("valarm").map((found) => alarm(found, one.startDate)),
  };
}

function feed(text) {
  ICAL.TimezoneService.reset();
  const calendar = new ICAL.Component(ICAL.parse(text));
  const zones = calendar.getAllSubcomponents("vtimezone");
  zones.forEach((zone) => ICAL.TimezoneService.register(zone));
  const value = (name) => calendar.getFirstPropertyValue(name);
  return {
    name: value("x-wr-calname"),
    method: value("method"),
    refresh: value("refresh-interval").toSeconds(),
    zones: zones.map((zone) => zone.getFirstPropertyValue("tzid")),
    events: calendar.getAllSubcomponents("vevent").map(event),
  };
}

process.stdout.write(JSON.stringify(process.argv.slice(2).map((file) => feed(readFileSync(file, "utf-8")))));
